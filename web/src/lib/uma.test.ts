import { expect, it } from "vitest";
import { tidyUma, umaDomain, umaProblem } from "./uma";

it.each([
  "$alice@wallet.example",
  "$a.b_c+d-1@sub.wallet.example",
  "$bob@localhost:8081",
  "$bob@localhost",
  `$${"a".repeat(63)}@wallet.example`,
])("takes %s", (address) => {
  expect(umaProblem(address)).toBeNull();
});

it.each([
  ["", "empty"],
  ["alice@wallet.example", "dollar"],
  ["$alice", "at"],
  ["$alice@x@wallet.example", "at"],
  ["$@wallet.example", "user"],
  ["$al ice@wallet.example", "user"],
  ["$álice@wallet.example", "user"],
  [`$${"a".repeat(64)}@wallet.example`, "user"],
  ["$alice@", "domain"],
  ["$alice@wallet", "domain"],
  ["$alice@wallet..example", "domain"],
  ["$alice@-wallet.example", "domain"],
  ["$alice@wallet.example:99999", "domain"],
  ["$alice@wallet.example/x", "domain"],
])("says what is wrong with %j: %s", (address, problem) => {
  expect(umaProblem(address)).toBe(problem);
});

it("normalises spaces and capitals of a pasted address", () => {
  expect(tidyUma("  $Alice@Wallet.Example ")).toBe("$alice@wallet.example");
  expect(umaDomain("$alice@wallet.example")).toBe("wallet.example");
});
