// Package task has the nouns that flow through the command: a Spec goes from
// the input to a worker, a Command is what the worker executes for it, and an
// Event comes back. It imports no other stage, and every stage imports it.
package task

// LongestInput is the most bytes that an input may have. No system takes an
// argument of that size, so nothing that could run is refused, and memory
// stays bounded by whatever comes in.
const LongestInput = 1 << 20

// Spec is one task, before it is known which worker takes it.
type Spec struct {
	Seq   int    // 1 for the first, in the order of the inputs; {#}
	Place int    // 1 for the first that this run was given, which differs from Seq when one is resumed; 0 before
	Input string // as it was read, without its terminator; longer than LongestInput: cut off

	// Values are what the task has instead of one input: a value for each
	// source or column, in their order, or for each of the inputs that -n
	// gives to one command. Input then says it in one text, for people. Nil:
	// there is Input alone.
	Values []string

	Block []byte // with --pipe: what the task's standard input gets
}

// Work gives the command of a spec for the slot that took it. Slots are
// counted from 1; no two tasks that run at the same time have the same one.
// Work is called by the slot just before it starts the process, concurrently
// with itself. An error is the end of that one task, never of the run.
type Work func(spec Spec, slot int) (Command, error)

// Command is what a worker executes.
type Command struct {
	Argv []string // Argv[0] is looked up in PATH unless it has a slash
	Line string   // the same as a line that can be pasted into a shell
	Name string   // what reports call the task: --name filled in, else Line
	Tag  string   // what --tag puts before each line of output

	Dir string   // where it runs; empty: where all do
	Env []string // what its environment has, or has otherwise, than all have: NAME=value

	Background bool // what it leaves behind lives on when it has ended, where that is asked of each
}
