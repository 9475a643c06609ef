"""Cases: figures."""
import functools

from values import TEXTS, inf, nan


def drawn(case):
    """A case that leaves no figure open."""
    @functools.wraps(case)
    def case_of_figures(g, d2l):
        f, args = case(g, d2l)

        def call(seen):
            import matplotlib
            try:
                f(*args)
            finally:
                d2l.plt.close('all')
                matplotlib.rcdefaults()
                matplotlib.use('Agg')
        return call
    return case_of_figures


@drawn
def show_images(g, d2l):
    args = [g.maybe(lambda: [g.values((4, 4, 3), 0, 1) for _ in range(4)]),
            g.maybe(lambda: 2), g.maybe(lambda: 2)]
    return d2l.show_images, [
        40 if isinstance(a, int) and a > 40 else a for a in args]


@drawn
def show_fashion_mnist(g, d2l):
    return d2l.show_fashion_mnist, [
        g.maybe(lambda: [g.nd((4, 4)), g.nd((1, 4, 4))]),
        g.maybe(lambda: ['a', g.pick(*TEXTS)])]


@drawn
def show_bboxes(g, d2l):
    def f(boxes, labels, colors):
        axes = d2l.plt.imshow([[0, 1], [1, 0]]).axes
        d2l.show_bboxes(axes, boxes, labels, colors)
        d2l.plt.gcf().canvas.draw()
    return f, [g.maybe(lambda: g.nd((2, 4))),
               g.fitting((None, 'a', ['a', 'b', 'c']), (g.any(),)),
               g.fitting((None, 'b', ['w', 'k']), (g.any(),))]


@drawn
def semilogy(g, d2l):
    args = [g.maybe(lambda: [1, 2]), g.maybe(lambda: [1, g.pick(2, 0.5)]),
            g.fitting(('x',), (g.any(),)), g.fitting(('y',), (g.any(),))]
    if not g.fits:
        args += [g.any() for _ in range(g.pick(0, 3))]
    return d2l.semilogy, args


@drawn
def set_figsize(g, d2l):
    return d2l.set_figsize, [g.fitting(((3, 2.5), (1, 1)), (g.any(),))]


@drawn
def bbox_to_rect(g, d2l):
    return d2l.bbox_to_rect, [g.fitting(([1, 2, 3, 4],), (g.any(),)),
                              g.fitting(('blue',), (g.any(),))]


@drawn
def show_trace_2d(g, d2l):
    # points far away would fill the memory with contours
    points = g.maybe(lambda: [
        (g.r.uniform(-9, 9), g.r.uniform(-9, 9)),
        (g.fitting((2.0,), (nan, inf, -1e3, 'x')), 1.0)])
    return d2l.show_trace_2d, [lambda a, b: a * a + b, points]


CASES = [show_images, show_fashion_mnist, show_bboxes, semilogy, set_figsize,
         bbox_to_rect, show_trace_2d]
