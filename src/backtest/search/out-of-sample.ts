/** How a chosen variant did in a window, as its trial was recorded. Rates are over the window's own bars. */
export interface WindowFigures {
  score: number | null;
  /** Over the window: 0.1 is 10 %. */
  return: number | null;
  trades: number | null;
  bars: number;
  /** Mean and standard deviation (n − 1) of the bars' returns. */
  mean: number | null;
  deviation: number | null;
}

export interface OutOfSample {
  /** Test windows one after the other, as if traded through: the product of their returns. Null when one of them is missing. */
  return: number | null;
  /** Per year, of the bars of all test windows together. */
  sharpe: number | null;
  trades: number;
  /** Share of the windows with a return above 0. */
  positive: number;
  /** Growth a bar out of sample over growth a bar in sample; 1 keeps all of it. Null unless every training window gained: a ratio of two losses is no gain. */
  efficiency: number | null;
  /** Windows whose training gave nothing to choose, lost, or whose test never traded. */
  failed: number;
}

/**
 * What the procedure "choose on the training window, trade the next one" earned on bars it had not seen. Growth is the logarithm of 1 + return, a bar; a
 * window that lost everything has none and makes the figures null.
 */
export function outOfSample(windows: readonly { train: WindowFigures | undefined; test: WindowFigures | undefined }[], barsPerYear: number): OutOfSample {
  const tests = windows.map(({ test }) => test).filter((test) => test !== undefined);
  const whole = tests.length === windows.length && windows.length > 0;
  const inside = growthABar(windows.map(({ train }) => train));
  const outside = growthABar(windows.map(({ test }) => test));
  const gained = windows.every(({ train }) => (train?.return ?? 0) > 0);
  return {
    return: whole && tests.every((test) => test.return !== null) ? tests.reduce((product, test) => product * (1 + (test.return ?? 0)), 1) - 1 : null,
    sharpe: whole ? pooledSharpe(tests, barsPerYear) : null,
    trades: tests.reduce((sum, { trades }) => sum + (trades ?? 0), 0),
    positive: windows.length === 0 ? 0 : tests.filter((test) => (test.return ?? 0) > 0).length / windows.length,
    efficiency: gained && inside !== null && outside !== null && inside > 0 ? outside / inside : null,
    failed: windows.filter(({ train, test }) => !((train?.return ?? 0) > 0) || (test?.trades ?? 0) === 0).length,
  };
}

function growthABar(windows: readonly (WindowFigures | undefined)[]): number | null {
  let [growth, bars] = [0, 0];
  for (const window of windows) {
    if (window === undefined || window.return === null || window.return <= -1) return null;
    growth += Math.log1p(window.return);
    bars += window.bars;
  }
  return bars === 0 ? null : growth / bars;
}

/** Of the bars of all windows as one sample: their moments are added up. Null when a window has none, or when nothing moved. */
function pooledSharpe(tests: readonly WindowFigures[], barsPerYear: number): number | null {
  let [count, sum, squares] = [0, 0, 0];
  for (const { bars, mean, deviation } of tests) {
    if (mean === null || deviation === null) return null;
    count += bars;
    sum += mean * bars;
    squares += deviation ** 2 * (bars - 1) + mean ** 2 * bars;
  }
  const mean = sum / count;
  const variance = (squares - mean ** 2 * count) / (count - 1);
  return variance > 0 ? (mean / Math.sqrt(variance)) * Math.sqrt(barsPerYear) : null;
}
