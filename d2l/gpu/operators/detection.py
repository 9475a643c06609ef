"""Which anchors a detector shall learn from."""
import torch

from ..fallback import compute_on_cpu
from ..registry import op
from .contrib import find_iou


def _match(overlaps, valid, count):
    """Each box takes the anchor that it overlaps most, the best pair first.

    Returns the box of each anchor, and whether it has one.
    """
    rows = torch.arange(len(overlaps), device=overlaps.device)
    boxes, left = overlaps.shape[2], valid.clone()
    taken = torch.zeros(overlaps.shape[:2], dtype=torch.bool,
                        device=overlaps.device)
    match = torch.zeros_like(taken, dtype=torch.int64)
    for _ in range(count):
        free = overlaps.masked_fill(taken[..., None] | ~left[:, None], -1)
        most, place = free.flatten(1).max(1)
        found, anchor, box = most > 1e-6, place // boxes, place % boxes
        match[rows, anchor] = torch.where(found, box, match[rows, anchor])
        taken[rows, anchor] |= found
        left[rows, box] &= ~found
    return match, taken


def _find_negatives(p, scores, best, taken):
    """The anchors that look least like background, and how many there are.

    Returns them, and whether there are enough.
    """
    scores = torch.exp(scores - scores.amax(1, keepdim=True))
    background = scores[:, 0] / scores.sum(1)
    eligible = ~taken & (best < p.negative_mining_thresh)
    positive = taken.sum(1)
    wanted = torch.minimum((positive * p.negative_mining_ratio).long(),
                           taken.shape[1] - positive)
    order = background.masked_fill(~eligible, torch.inf).sort(
        stable=True, dim=1)[1]
    rank = torch.empty_like(order).scatter_(1, order, torch.arange(
        order.shape[1], device=order.device).expand_as(order))
    return rank < wanted[:, None], eligible.sum(1) >= wanted


def _offsets(p, anchors, boxes):
    """(batch, anchors, 4): what leads from an anchor to its box."""
    size = anchors[:, 2:] - anchors[:, :2]
    center = (anchors[:, :2] + anchors[:, 2:]) * .5
    box_size = boxes[..., 2:] - boxes[..., :2]
    box_center = (boxes[..., :2] + boxes[..., 2:]) * .5
    variances = torch.tensor(p.variances, device=anchors.device)
    return torch.cat([(box_center - center) / size / variances[:2],
                      torch.log(box_size / size) / variances[2:]], -1)


@op('_contrib_MultiBoxTarget')
def multibox_target(p, *inputs):
    anchors, labels, scores = (x.detach() for x in inputs)
    batch, n = labels.shape[0], anchors.numel() // 4
    if (any(x.dtype != torch.float32 or x.dim() != 3 for x in inputs)
            or labels.shape[2] < 5 or anchors.shape != (1, n, 4)
            or scores.shape[::2] != (batch, n) or not labels.numel()
            or p.negative_mining_ratio > 0 >= p.negative_mining_thresh):
        return compute_on_cpu(p, *inputs)       # it says what is wrong
    anchors, boxes = anchors[0], labels[..., 1:5]
    valid = (labels[..., 0] != -1).cumprod(1).bool()
    padding = valid | (labels[..., :5] == -1).all(-1)
    count, is_padded = torch.stack([
        valid.sum(1).max(), padding.all().long()]).tolist()
    if not is_padded:
        return compute_on_cpu(p, *inputs)
    # (batch, anchors, boxes)
    overlaps = find_iou(anchors[:, None], boxes[:, None])
    match, taken = _match(overlaps, valid, count)
    best, box = overlaps.masked_fill(~valid[:, None], -1).max(2)
    match = torch.where(taken, match, box)
    if p.overlap_threshold > 0:
        taken = taken | (best > p.overlap_threshold)
    if p.negative_mining_ratio > 0:
        negative, enough = _find_negatives(p, scores, best, taken)
        if not (enough | ~valid[:, 0]).all():
            return compute_on_cpu(p, *inputs)
    else:
        negative = ~taken
    negative = negative & valid[:, :1]
    chosen = labels.gather(1, match[..., None].expand(-1, -1, 5))
    offsets = torch.where(taken[..., None], _offsets(
        p, anchors, chosen[..., 1:]), 0)
    classes = torch.where(taken, chosen[..., 0] + 1, torch.where(
        negative, 0., p.ignore_label))
    mask = taken[..., None].expand_as(offsets).to(offsets.dtype)
    return offsets.flatten(1), mask.flatten(1), classes
