"""Work for more than one process or machine, on Ray: a model over many pictures, its accuracy, autotuning.

    from winnow.distributed import evaluate, map_pictures
    for answer in map_pictures("resnet50.so", "pictures/", workers=8):
        ...

With `workers=0` the same work is done in this process, without Ray, and gives the same results.
"""

from winnow.distributed.mapping import Accuracy, Answer, evaluate, map_pictures
from winnow.distributed.sources import FolderSource, ParquetSource, Sample, Source, TarSource, open_source
from winnow.distributed.tuning import autotune

__all__ = ["Accuracy", "Answer", "FolderSource", "ParquetSource", "Sample", "Source", "TarSource", "autotune", "evaluate",
           "map_pictures", "open_source"]
