package main

import (
	"errors"
	"slices"
	"syscall"
	"time"

	"example.com/skein/cmd/internal/journal"
)

// endSurvivors does so with the tasks of a journal, if they ran here.
func (f *flags) endSurvivors(log *journal.Log, wait bool) {
	if !f.isAway() {
		endSurvivors(log.ID(), log.Before().Started(), wait, f.grace)
	}
}

// endSurvivors sees to it that no task is run beside itself: it ends what is
// alive of the tasks of a run that were started and have no outcome, or waits
// for it. Nobody reads what such a process writes, nor hears how it ends, so
// there is little to be waited for.
func endSurvivors(run string, tasks []int, wait bool, grace time.Duration) {
	alive := func() map[int][]int {
		all := journal.Survivors(run)
		for seq := range all {
			if !slices.Contains(tasks, seq) {
				delete(all, seq)
			}
		}
		return all
	}
	left := alive()
	if len(left) == 0 {
		return
	}
	for seq, pids := range left {
		if wait {
			tell("task %d is still running, as process %d: waiting for its end", seq, pids[0])
		} else {
			tell("task %d is still running, as process %d: ending it", seq, pids[0])
		}
	}
	tick := time.NewTicker(10 * time.Millisecond)
	defer tick.Stop()
	killAt := time.Now().Add(grace)
	for told := false; len(left) > 0; left = alive() {
		switch {
		case wait:
		case time.Now().After(killAt):
			signalAll(left, syscall.SIGKILL)
		case !told:
			signalAll(left, syscall.SIGTERM)
			signalAll(left, syscall.SIGCONT)
			told = true
		}
		<-tick.C
	}
}

// signalAll signals the groups of processes, which are those of their tasks,
// and themselves if they have left them.
func signalAll(tasks map[int][]int, s syscall.Signal) {
	own, _ := syscall.Getpgid(0)
	for _, pids := range tasks {
		for _, pid := range pids {
			group, err := syscall.Getpgid(pid)
			if errors.Is(err, syscall.ESRCH) {
				continue
			}
			if err == nil && group != own {
				syscall.Kill(-group, s)
			}
			syscall.Kill(pid, s)
		}
	}
}
