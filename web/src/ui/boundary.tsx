import { Component, type ReactNode } from "react";

interface Props {
  /** A change of this value tries the children again, for data that arrives later. */
  of?: unknown;
  instead: ReactNode;
  children: ReactNode;
}
interface State {
  failed: { of: unknown } | null;
}

/** Shows `instead` when rendering the children throws; the rest of the page stays. */
export class Boundary extends Component<Props, State> {
  override state: State = { failed: null };

  static getDerivedStateFromError(): Partial<State> {
    return { failed: { of: undefined } };
  }
  static getDerivedStateFromProps(props: Props, state: State): Partial<State> | null {
    if (state.failed === null) return null;
    // The first render after an error records which value failed.
    if (state.failed.of === undefined) return { failed: { of: props.of } };
    return state.failed.of === props.of ? null : { failed: null };
  }
  override render() {
    return this.state.failed ? this.props.instead : this.props.children;
  }
}
