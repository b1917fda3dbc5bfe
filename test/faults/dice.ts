import { scramble } from '../../libs/simulators/src/seeded-random.js';

const UINT32_RANGE = 0x1_0000_0000;

/**
 * Chance that is the same for the same seed and question, in whatever order the questions come: units that run
 * side by side must not change each other's fate.
 */
export class Dice {
  constructor(private readonly seed: number) {}

  /** Other dice, for the same questions in another context. */
  of(context: string): Dice {
    return new Dice(this.between(context, 0, UINT32_RANGE - 1));
  }

  /** From 0 up to, not including, 1. */
  roll(question: string): number {
    let hash = scramble(this.seed ^ 0x9e3779b9);
    for (let index = 0; index < question.length; index += 1) {
      hash = scramble((hash + question.charCodeAt(index) + 0x9e3779b9) | 0);
    }
    return hash / UINT32_RANGE;
  }

  /** A whole number from `least` to `most`, both included. */
  between(question: string, least: number, most: number): number {
    return least + Math.floor(this.roll(question) * (most - least + 1));
  }

  chance(question: string, probability: number): boolean {
    return this.roll(question) < probability;
  }

  pick<T>(question: string, choices: readonly T[]): T {
    if (choices.length === 0) throw new Error(`There is nothing to choose from: ${question}.`);
    return choices[this.between(question, 0, choices.length - 1)] as T;
  }

  /** A choice by weights. */
  weighted<T>(question: string, choices: readonly (readonly [T, number])[]): T {
    const total = choices.reduce((sum, [, weight]) => sum + weight, 0);
    let left = this.roll(question) * total;
    for (const [choice, weight] of choices) {
      left -= weight;
      if (left < 0) return choice;
    }
    throw new Error(`There is nothing to choose from: ${question}.`);
  }
}
