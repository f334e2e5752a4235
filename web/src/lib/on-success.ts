/**
 * Calls `done` after a mutation succeeded, and leaves errors in the mutation's state. React Query drops
 * the callbacks of `mutate` when the component was removed, for example when a list read again has no
 * such row.
 */
export function onSuccess<Result>(mutation: Promise<Result>, done: (result: Result) => void): void {
  mutation.then(done, () => undefined);
}
