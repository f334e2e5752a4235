import { Component, type ReactNode } from "react";

interface Props {
  /** Renders the children again when this value changes. */
  of?: unknown;
  instead: ReactNode;
  children: ReactNode;
}
interface State {
  failed: { of: unknown } | null;
}

/** Error boundary that renders `instead` when the children throw. */
export class Boundary extends Component<Props, State> {
  override state: State = { failed: null };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: { of: undefined } };
  }
  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    if (state.failed === null) return null;
    // Records the value that failed.
    if (state.failed.of === undefined) return { failed: { of: props.of } };
    return state.failed.of === props.of ? null : { failed: null };
  }
  override render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
