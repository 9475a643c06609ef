"""Errors for names of the d2l packages of other editions.

The names are those of the d2l packages 0.9.2, 0.10.3, 0.11.3, 0.12.0, 0.17.6
and 1.0.3 on the package index; of the last two, those for MXNet and PyTorch.
"""
import difflib

# The counterpart here of each name of another edition, or '' if there is
# none, by the first edition that has the name.
_COUNTERPARTS = {
    '0.9': {
        'Decoder': '', 'DotProductAttention': '', 'Encoder': '',
        'EncoderDecoder': '', 'MLPAttention': '', 'MaskedSoftmaxCELoss': '',
        'Seq2SeqEncoder': '', 'masked_softmax': '', 'load_data_nmt': '',
        'Vocab': 'the dictionaries that d2l.load_data_time_machine() returns,'
                 ' and d2l.get_vocab_imdb(data) for words',
        'grad_clipping_gluon': 'd2l.grad_clipping(params, theta, ctx) with '
            'params = [p.data() for p in model.collect_params().values()]',
        'load_data_imdb': 'd2l.read_imdb() and d2l.preprocess_imdb(data, '
                          'vocab)',
        'train_ch9': 'd2l.train_ch7(trainer_fn, states, hyperparams, '
                     'features, labels)',
        'train_gluon_ch9': 'd2l.train_gluon_ch7(trainer_name, '
                           'trainer_hyperparams, features, labels)',
        'translate_ch7': '',
    },
    '0.10': {
        'Accumulator': 'a sum in the training loop, as in d2l.train_ch5',
        'Animator': 'd2l.History',
        'RNNModelScratch': 'the function rnn that '
                           'd2l.train_and_predict_rnn takes',
        'SeqDataLoader': 'd2l.data_iter_random or d2l.data_iter_consecutive',
        'Timer': 'd2l.Benchmark', 'accuracy': 'd2l.evaluate_accuracy',
        'count_corpus': 'd2l.count_tokens',
        'download_pikachu': 'd2l.load_data_pikachu',
        'evaluate_accuracy_gpu': 'd2l.evaluate_accuracy(data_iter, net, ctx)',
        'evaluate_accuracy_gpus': 'd2l.evaluate_accuracy(data_iter, net, '
                                  'ctx) with a list of devices',
        'get_data_ch10': 'd2l.get_data_ch7()',
        'load_array': 'd2l.data_iter(batch_size, features, labels)',
        'load_corpus_time_machine': 'd2l.load_data_time_machine()',
        'load_data_voc': 'd2l.VOCSegDataset',
        'plot': 'd2l.plt.plot, or d2l.semilogy',
        'predict_ch3': 'd2l.show_fashion_mnist(images, labels)',
        'predict_ch8': 'd2l.predict_rnn or d2l.predict_rnn_gluon',
        'read_time_machine': 'd2l.load_data_time_machine()',
        'seq_data_iter_consecutive': 'd2l.data_iter_consecutive',
        'seq_data_iter_random': 'd2l.data_iter_random',
        'set_axes': 'd2l.plt.xlabel and similar functions',
        'split_batch': 'd2l.gutils.split_and_load(X, ctx)',
        'tokenize': 'd2l.get_tokenized_imdb(data)',
        'train_batch_ch12': 'd2l.train', 'train_ch10': 'd2l.train_ch7',
        'train_ch12': 'd2l.train(train_iter, test_iter, net, loss, trainer, '
                      'ctx, num_epochs)',
        'train_ch8': 'd2l.train_and_predict_rnn or '
                     'd2l.train_and_predict_rnn_gluon',
        'train_epoch_ch3': 'd2l.train_ch3 with num_epochs=1',
        'train_epoch_ch8': 'd2l.train_and_predict_rnn with num_epochs=1',
        'train_gluon_ch10': 'd2l.train_gluon_ch7',
        'Seq2SeqDecoder': '', 'annotate': '', 'build_array': '',
        'build_colormap2label': '', 'batchify': '', 'evaluate_loss': '',
        'RandomGenerator': '', 'get_centers_and_contexts': '',
        'get_dataloader_workers': '', 'get_negatives': '',
        'load_data_ptb': '', 'predict_s2s_ch8': '', 'preprocess_nmt': '',
        'read_data_nmt': '', 'read_ptb': '', 'subsampling': '',
        'synthetic_data': '', 'tokenize_nmt': '', 'train_s2s_ch8': '',
        'trim_pad': '', 'update_D': '', 'update_G': '',
    },
    '0.11': {
        'benchmark': 'd2l.Benchmark', 'get_data_ch11': 'd2l.get_data_ch7()',
        'download': 'd2l.gutils.download(url)',
        'download_extract': 'd2l.gutils.download(url)',
        'train_batch_ch13': 'd2l.train', 'train_ch11': 'd2l.train_ch7',
        'train_ch13': 'd2l.train(train_iter, test_iter, net, loss, trainer, '
                      'ctx, num_epochs)',
        'train_gluon_ch11': 'd2l.train_gluon_ch7',
        'DATA_HUB': '', 'DATA_URL': '', 'AddNorm': '', 'BERTEncoder': '',
        'BERTModel': '', 'BPRLoss': '', 'CTRDataset': '', 'EncoderBlock': '',
        'HingeLossbRec': '', 'MultiHeadAttention': '',
        'PositionWiseFFN': '', 'PositionalEncoding': '', 'SNLIDataset': '',
        'TransformerEncoder': '', 'copyfile': '', 'download_all': '',
        'evaluate_ranking': '', 'hit_and_auc': '', 'load_data_ml100k': '',
        'load_data_snli': '', 'load_data_wiki': '', 'predict_s2s_ch9': '',
        'predict_snli': '', 'read_csv_labels': '', 'read_data_ml100k': '',
        'read_snli': '', 'reorg_test': '', 'reorg_train_valid': '',
        'split_and_load_ml100k': '', 'split_batch_multi_inputs': '',
        'split_data_ml100k': '', 'train_bert': '', 'train_ranking': '',
        'train_recsys_rating': '', 'train_s2s_ch9': '',
        'transpose_output': '', 'transpose_qkv': '',
    },
    '0.12': {
        'train_ch6': 'd2l.train_ch5(net, train_iter, test_iter, batch_size, '
                     'trainer, ctx, num_epochs)',
        'MaskLM': '', 'NextSentencePred': '', 'TokenEmbedding': '',
        'get_tokens_and_segments': '', 'truncate_pad': '',
    },
    '0.17': {
        'Updater': 'd2l.sgd', 'concat': 'd2l.nd.concat',
        'train_concise_ch11': 'd2l.train_gluon_ch7',
        'seq_data_iter_sequential': 'd2l.data_iter_consecutive',
        'argmax': 'd2l.nd.argmax', 'arange': 'd2l.nd.arange',
        'exp': 'd2l.nd.exp', 'eye': 'd2l.nd.eye', 'linspace':
        'd2l.nd.linspace', 'log': 'd2l.nd.log', 'matmul': 'd2l.nd.dot',
        'normal': 'd2l.nd.random.normal', 'numpy': 'X.asnumpy()',
        'ones': 'd2l.nd.ones', 'rand': 'd2l.nd.random.uniform',
        'reshape': 'X.reshape(shape)', 'reduce_sum': 'X.sum()',
        'astype': 'X.astype(dtype)', 'size': 'X.size',
        'stack': 'd2l.nd.stack', 'tensor': 'd2l.nd.array',
        'to': 'X.as_in_context(ctx)', 'transpose': 'X.T',
        'zeros': 'd2l.nd.zeros', 'AdditiveAttention': '',
        'AttentionDecoder': '', 'BananasDataset': '',
        'assign_anchor_to_bbox': '', 'bleu': '', 'box_center_to_corner': '',
        'box_corner_to_center': '', 'box_iou': '', 'build_array_nmt': '',
        'load_data_bananas': '', 'multibox_detection': '',
        'multibox_prior': '', 'multibox_target': '', 'nms': '',
        'offset_boxes': '', 'offset_inverse': '', 'predict_seq2seq': '',
        'read_data_bananas': '', 'sequence_mask': '', 'show_heatmaps': '',
        'show_list_len_pair_hist': '', 'subsample': '',
        'train_seq2seq': '', 'voc_colormap2label': '',
    },
    '1.0': {
        'Classifier': 'nn.Sequential, trained by d2l.train_ch5',
        'DataModule': 'd2l.load_data_fashion_mnist',
        'FashionMNIST': 'd2l.load_data_fashion_mnist(batch_size, resize)',
        'LeNet': 'nn.Sequential with its layers, as in the book',
        'LinearRegression': 'nn.Dense(1)',
        'LinearRegressionScratch': 'd2l.linreg',
        'Module': 'nn.Block, or nn.Sequential',
        'ProgressBoard': 'd2l.History',
        'RNN': 'd2l.gluon.rnn.RNN', 'GRU': 'd2l.gluon.rnn.GRU',
        'RNNLM': 'd2l.RNNModel', 'RNNLMScratch': 'd2l.RNNModel',
        'SGD': 'd2l.sgd', 'SoftmaxRegression': 'nn.Dense(10)',
        'TimeMachine': 'd2l.load_data_time_machine()',
        'Trainer': 'd2l.train_ch5 for the loop, gluon.Trainer for the '
                   'updates',
        'cpu': 'd2l.mx.cpu()', 'gpu': 'd2l.mx.gpu(i)',
        'num_gpus': 'd2l.mx.context.num_gpus()',
        'ones_like': 'd2l.nd.ones_like', 'zeros_like': 'd2l.nd.zeros_like',
        'sigmoid': 'd2l.nd.sigmoid', 'randn': 'd2l.nd.random.randn',
        'HPOScheduler': '', 'HPOSearcher': '', 'HPOTrainer': '',
        'HPOTuner': '', 'HyperParameters': '', 'MTFraEng': '',
        'RNNScratch': '', 'RandomSearcher': '', 'ResNeXtBlock': '',
        'Seq2Seq': '', 'SuccessiveHalvingScheduler': '',
        'SyntheticRegressionData': '', 'TransformerEncoderBlock': '',
        'add_to_class': '', 'check_len': '', 'check_shape': '',
        'extract': '', 'frozen_lake': '', 'init_cnn': '',
        'init_seq2seq': '', 'make_env': '', 'rbfkernel': '',
        'show_Q_function_progress': '', 'show_value_function_progress': '',
    },
}

# Names that were removed before 1.0, by the last edition that has them.
_REMOVED_AFTER = {
    '0.9': ('grad_clipping_gluon', 'train_ch9', 'train_gluon_ch9',
            'translate_ch7'),
    '0.10': ('download_pikachu', 'get_data_ch10', 'predict_s2s_ch8',
             'train_batch_ch12', 'train_ch10', 'train_ch12',
             'train_gluon_ch10', 'train_s2s_ch8'),
    '0.11': ('trim_pad',),
    '0.12': ('MLPAttention', 'Seq2SeqDecoder', 'benchmark', 'build_array',
             'build_colormap2label', 'predict_s2s_ch9',
             'seq_data_iter_consecutive', 'subsampling', 'train_bert',
             'train_gluon_ch11', 'train_s2s_ch9'),
    '0.17': ('EncoderBlock', 'RNNModelScratch', 'SeqDataLoader', 'Updater',
             'count_corpus', 'download_all', 'load_corpus_time_machine',
             'predict_ch3', 'predict_ch8', 'read_time_machine',
             'seq_data_iter_random', 'seq_data_iter_sequential',
             'train_ch8', 'train_epoch_ch3', 'train_epoch_ch8',
             'transpose_output', 'transpose_qkv'),
}


def explain(name, package, names):
    """Make the message for a `name` that `package` does not have.

    `names` are the names that it has.
    """
    message = f'module {package!r} has no attribute {name!r}'
    for first, counterparts in _COUNTERPARTS.items():
        if name in counterparts:
            here = 'nothing corresponds to it'
            if counterparts[name]:
                here = 'it is ' + counterparts[name].replace('d2l.',
                                                             package + '.')
            return (f'{message}: it belongs to the edition of d2l '
                    f'{_edition_range(first, name)}; here {here}')
    if package == 'd2lzh' and name == 'load_data_timemachine':
        return (message + ': only the English edition, d2l, has it; here it '
                'is d2lzh.load_data_time_machine()')
    # in lower case, so that residual finds Residual
    lower = {known.lower(): known for known in names}
    near = difflib.get_close_matches(name.lower(), lower, n=1, cutoff=0.75)
    if near:
        message += f'; did you mean {package}.{lower[near[0]]}?'
    return message


# Names of the book's helper package in its translations for other libraries;
# d2l_mxnet.pth has them, too.
TRANSLATIONS = {'d2lzh_pytorch': 'PyTorch', 'd2lzh_tensorflow2': 'TensorFlow'}

# the libraries that later releases have a module for, and the first of these
_LIBRARIES = {'jax': '1.0', 'mxnet': '0.13', 'paddle': '0.17',
              'tensorflow': '0.14', 'torch': '0.13'}


def explain_import(package, name, names):
    """Make the message for `from package import name`."""
    if name in TRANSLATIONS:
        return ('%s is the Chinese edition translated for %s, with other '
                'functions; this is the edition for MXNet: write import '
                'd2lzh as d2l' % (name, TRANSLATIONS[name]))
    if name not in _LIBRARIES:
        return explain(name, package, names).replace(
            'module %r has no attribute' % package,
            'cannot import from %r the name' % package)
    return ('%s.%s belongs to the editions of d2l %s and later, which have '
            'other functions; here it is: import %s' % (
                package, name, _LIBRARIES[name], package)
            + ' as d2l' * (package != 'd2l'))


def _edition_range(first, name):
    """The editions with a name: '0.10 to 0.17' or '0.12 and later'."""
    for last, names in _REMOVED_AFTER.items():
        if name in names:
            return first if first == last else f'{first} to {last}'
    return first if first == '1.0' else first + ' and later'
