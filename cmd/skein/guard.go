package main

import "example.com/skein/cmd/internal/local"

// guard lets another process of this program do the work, and guards it, so
// that the end of either is the end of all that was started; then it is done.
// Where no other can be started, which is when the system has none left, there
// is no guard.
func (f *flags) guard() (status int, done bool) {
	if f.isAway() || f.noGuard || f.dryRun || local.HasGuard() {
		return 0, false
	}
	status, err := local.Guard()
	return status, err == nil
}
