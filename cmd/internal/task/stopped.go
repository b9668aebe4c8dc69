package task

// Stopped is the cause of a run that a policy stopped: --fail-fast,
// --max-failures or --until-success.
type Stopped struct {
	Why       string // "task 3 failed (--fail-fast)"
	Succeeded bool   // it is what was wanted
}

func (s *Stopped) Error() string { return s.Why }
