package audit

import "context"

// Identity holds the parts against what was billed once more.
func (a *Auditor) Identity(ctx context.Context) error { return a.identity(ctx) }
