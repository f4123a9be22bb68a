import { assertEquals, assertGreaterOrEqual, assertLess } from "@std/assert";
import { BudgetClock } from "../../lib/mod.ts";

Deno.test("a budget of epochs is used by steps alone", () => {
  const clock = new BudgetClock({ epochs: 4 }, 5, 1e9);
  assertEquals([0, 1, 10, 20].map((steps) => clock.used(steps)), [0, 0.05, 0.5, 1]);
});

Deno.test("a budget of minutes counts the seconds of earlier sittings", () => {
  const clock = new BudgetClock({ minutes: 10 }, 5, 300);
  assertGreaterOrEqual(clock.seconds, 300);
  assertGreaterOrEqual(clock.used(1000), 0.5);
  assertLess(clock.used(1000), 0.51);
});

Deno.test("of two budgets the one counts that ends first", () => {
  const used = (epochs: number, minutes: number) =>
    new BudgetClock({ epochs, minutes }, 1, 60).used(2);
  assertEquals(used(2, 1000), 1);
  assertGreaterOrEqual(used(1000, 1), 1);
});

Deno.test("a budget without bounds is never used", () => {
  assertEquals(new BudgetClock({}, 5, 1e9).used(1e9), 0);
});
