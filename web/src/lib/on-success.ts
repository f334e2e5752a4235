/**
 * Calls `done` after a mutation succeeded, also if the component that started it was removed meanwhile.
 * React Query drops the callbacks of `mutate` then, for example when a list read again has no such row.
 * Its error stays in the mutation's state.
 */
export function onSuccess<Result>(mutation: Promise<Result>, done: (result: Result) => void): void {
  mutation.then(done, () => undefined);
}
