import type { Check } from "./check.ts";
import { resultOf, shareLeft, sharpeOf, yearly } from "./returns.ts";

/** Runs again with every order one bar late. */
export const lag: Check = {
  name: "lag",
  meaning: "an edge that is gone one bar later was a leak, or is one that a person and a network are too slow for",
  async ask(subject) {
    const { parameters, settings, judged } = subject;
    const [answer] = await subject.run([{ parameters, settings: { ...settings, lagBars: settings.lagBars + 1 } }]);
    const [before, after] = [sharpeOf(judged, subject), sharpeOf(resultOf(answer), subject)];
    return { figure: shareLeft(after, before), found: `Sharpe ratio ${yearly(before, subject)}, and ${yearly(after, subject)} with orders one bar late` };
  },
};
