/*
 * The job of bench/backtest.ts as one loop: mean of the last 10 closes over that of the last 30, decided at the close, filled at the next open; one unit,
 * a fee on each side; equity, drawdown and the sums of a Sharpe ratio at every close; what is open at the end is closed at the last close.
 * Reads from stdin: rounds, n, n opens, n closes (doubles); answers one line of JSON with the fastest round.
 */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec * 1e3 + (double)now.tv_nsec * 1e-6;
}

typedef struct {
  double equity, drawdown, sharpe;
  long trades;
} outcome;

static outcome backtest(const double *open, const double *close, long n) {
  const double rate = 0.001;
  outcome found = {1e6, 0, 0, 0};
  double cash = 1e6, fast = 0, slow = 0, peak = cash, last = cash, sum = 0, squares = 0;
  int held = 0, wanted = 0;
  for (long t = 0; t < n; t++) {
    if (wanted != held) {
      cash += (held ? open[t] : -open[t]) - open[t] * rate;
      found.trades += held;
      held = wanted;
    }
    double equity = cash + (held ? close[t] : 0);
    double change = equity / last - 1;
    sum += change;
    squares += change * change;
    last = equity;
    if (equity > peak) peak = equity;
    if (1 - equity / peak > found.drawdown) found.drawdown = 1 - equity / peak;
    fast += close[t] - (t >= 10 ? close[t - 10] : 0);
    slow += close[t] - (t >= 30 ? close[t - 30] : 0);
    if (t >= 29) wanted = fast / 10 > slow / 30;
  }
  if (held) {
    cash += close[n - 1] * (1 - rate);
    found.trades++;
  }
  found.equity = cash;
  found.sharpe = sum / sqrt(squares * (double)n - sum * sum);
  return found;
}

int main(void) {
  double header[2];
  if (fread(header, sizeof(double), 2, stdin) != 2) return 1;
  long rounds = (long)header[0], n = (long)header[1];
  double *open = malloc(sizeof(double) * (size_t)n), *close = malloc(sizeof(double) * (size_t)n);
  if (fread(open, sizeof(double), (size_t)n, stdin) != (size_t)n || fread(close, sizeof(double), (size_t)n, stdin) != (size_t)n) return 1;
  outcome found = {0, 0, 0, 0};
  double best = 1e300;
  for (long round = 0; round < rounds; round++) {
    double started = milliseconds();
    found = backtest(open, close, n);
    double took = milliseconds() - started;
    if (took < best) best = took;
  }
  printf("{\"ms\":%.6f,\"trades\":%ld,\"equity\":%.10f,\"drawdown\":%.12f,\"sharpe\":%.12f}\n", best, found.trades, found.equity, found.drawdown, found.sharpe);
  return 0;
}
