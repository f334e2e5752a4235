//! The outside world for demos and tests: node, wallet, VASP, with faults on request.
