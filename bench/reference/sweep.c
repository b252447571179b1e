/*
 * The sweep as a plain loop: averages of the closes, fast over slow, decided at the close, filled at the next open; one unit, fee on each side;
 * equity and drawdown at every close. Reads from stdin: n, n opens, n closes (doubles); answers one line of JSON.
 */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

static double *average(const double *close, long n, long period) {
  double *column = malloc(sizeof(double) * (size_t)n);
  double sum = 0;
  for (long t = 0; t < n; t++) {
    sum += close[t];
    if (t >= period) sum -= close[t - period];
    column[t] = sum / (double)period;
  }
  return column;
}

typedef struct {
  double equity, drawdown;
  long trades;
} outcome;

static outcome backtest(const double *open, const double *close, const double *fast, const double *slow, long n, long warm, double cash, double fee) {
  outcome found = {cash, 0, 0};
  double peak = cash;
  int held = 0, wanted = 0;
  for (long t = warm; t < n; t++) {
    if (wanted != held) {
      double price = open[t];
      cash += held ? price : -price;
      cash -= price * fee;
      found.trades += held;
      held = wanted;
    }
    double equity = cash + (held ? close[t] : 0);
    if (equity > peak) peak = equity;
    double below = 1 - equity / peak;
    if (below > found.drawdown) found.drawdown = below;
    found.equity = equity;
    if (fast[t] > slow[t]) {
      if (fast[t - 1] <= slow[t - 1]) wanted = 1;
    } else if (fast[t] < slow[t] && fast[t - 1] >= slow[t - 1]) wanted = 0;
  }
  if (held) {
    found.equity -= close[n - 1] * fee;
    found.trades++;
  }
  return found;
}

int main(int argc, char **argv) {
  double header;
  if (fread(&header, sizeof header, 1, stdin) != 1) return 1;
  long n = (long)header;
  double *open = malloc(sizeof(double) * (size_t)n), *close = malloc(sizeof(double) * (size_t)n);
  if (fread(open, sizeof(double), (size_t)n, stdin) != (size_t)n || fread(close, sizeof(double), (size_t)n, stdin) != (size_t)n) return 1;
  double cash = 1e5, fee = 1e-3, best = 1e9, equity = 0, drawdown = 0;
  long rounds = argc > 1 ? atol(argv[1]) : 1, trades = 0;
  for (long round = 0; round < rounds; round++) {
    double started = seconds();
    double *averages[165] = {0};
    for (long period = 5; period <= 36; period++) averages[period] = average(close, n, period);
    for (long period = 40; period <= 164; period += 4) averages[period] = average(close, n, period);
    trades = 0, equity = 0, drawdown = 0;
    for (long fast = 5; fast <= 36; fast++) {
      for (long slow = 40; slow <= 164; slow += 4) {
        outcome found = backtest(open, close, averages[fast], averages[slow], n, slow, cash, fee);
        trades += found.trades;
        equity += found.equity;
        drawdown += found.drawdown;
      }
    }
    double took = seconds() - started;
    if (took < best) best = took;
    for (long period = 0; period < 165; period++) free(averages[period]);
  }
  printf("{\"seconds\":%.6f,\"trades\":%ld,\"equity\":%.17g,\"drawdown\":%.17g}\n", best, trades, equity, drawdown);
  return 0;
}
