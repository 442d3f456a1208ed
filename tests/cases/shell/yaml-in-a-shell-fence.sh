status:
  ready: true
  violations:
  - message: deprecated
