/** Milliseconds out of view after which a code counts as a new scan. */
const OUT_OF_VIEW = 2000;

/**
 * Filters repeated scans of a code that stays in view: the camera reads several times a second.
 */
export class RepeatFilter {
  private last: { code: string; seen: number } | null = null;

  /** Whether the code is the last one and has not left the view. */
  isRepeat(code: string, now: number): boolean {
    const isRepeat =
      this.last !== null && this.last.code === code && now - this.last.seen < OUT_OF_VIEW;
    this.last = { code, seen: now };
    return isRepeat;
  }

  /** Makes the next scan count as new, after a check without a response. */
  reset(): void {
    this.last = null;
  }
}
