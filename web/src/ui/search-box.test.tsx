import { act, fireEvent, render, screen } from "@testing-library/react";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { SearchBox } from "./search-box";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const box = () => screen.getByRole<HTMLInputElement>("searchbox");
const type = (text: string) => fireEvent.change(box(), { target: { value: text } });
const wait = () => {
  act(() => {
    vi.advanceTimersByTime(1000);
  });
};

test("a late search keeps what was typed since", () => {
  const change = vi.fn();
  const at = (value: string) => <SearchBox label="Search" value={value} onChange={change} />;
  const { rerender } = render(at(""));
  type("E");
  wait();
  type("Eng");
  wait();
  expect(change.mock.calls).toEqual([["E"], ["Eng"]]);
  type("Engines");
  rerender(at("E"));
  expect(box().value).toBe("Engines");
  rerender(at("Eng"));
  expect(box().value).toBe("Engines");
  wait();
  expect(change).toHaveBeenLastCalledWith("Engines");
});

test("a search of the back button replaces the text", () => {
  const change = vi.fn();
  const at = (value: string) => <SearchBox label="Search" value={value} onChange={change} />;
  const { rerender } = render(at(""));
  type("jazz");
  wait();
  rerender(at("jazz"));
  rerender(at(""));
  expect(box().value).toBe("");
  rerender(at("jazz"));
  expect(box().value).toBe("jazz");
  wait();
  expect(change.mock.calls).toEqual([["jazz"]]);
});
