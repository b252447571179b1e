"""Long while the smoothed price rises. The mistake: the window is centred, as smoothing libraries do it unless told otherwise."""

import numpy as np


def signals(bars, parameters):
    half = parameters["half"]
    close = bars["close"]
    window = np.ones(2 * half + 1)
    # Row t is the mean of rows t - half to t + half.
    smooth = np.convolve(close, window, mode="same") / np.convolve(np.ones(len(close)), window, mode="same")
    rises = np.concatenate(([False], np.diff(smooth) > 0))
    return {"enterLong": rises, "exitLong": ~rises, "warmup": 2 * half + 1}
