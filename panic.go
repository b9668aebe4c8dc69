package skein

import (
	"bytes"
	"fmt"
	"reflect"
	"runtime/debug"
	"strings"
)

// PanicError is what Wait panics with when a worker has panicked, and an error
// for those who recover it. [errors.As] and [errors.Is] reach a panic's value
// that is an error.
type PanicError struct {
	Value  any           // what the worker panicked with
	Stack  []byte        // the worker's own, as of the panic
	Name   string        // of the worker: as given to GoNamed, else its number
	Others []*PanicError // of other workers of the group, if any
	Err    error         // what Wait would have returned without the panics

	alarm *alarm // nil where a Run is sure to take the panic
}

// newPanic makes the error of a worker from what it panicked with. It is called
// while the worker's stack still stands.
func newPanic(v any) *PanicError {
	return &PanicError{Value: v, Stack: fromPanic(debug.Stack())}
}

// of says whose panic it is.
func (p *PanicError) of(r *record, g *Group) *PanicError {
	if p.Name == "" {
		p.Name = r.title()
	}
	if !g.root().scoped {
		p.alarm = newAlarm(p)
	}
	return p
}

// fromPanic leaves out what lies above the panic in a stack: the calls that
// took the stack.
func fromPanic(stack []byte) []byte {
	head, _, _ := bytes.Cut(stack, []byte("\n"))
	if i := bytes.Index(stack, []byte("\npanic(")); i > len(head) {
		return append(head[:len(head):len(head)], stack[i:]...)
	}
	return stack
}

// Error gives the value, the worker's name and its stack, and the number of
// other panics: all that a crash report needs.
func (p *PanicError) Error() string { return p.report(fmt.Sprint(p.Value)) }

// plainly writes a panic's value as a crash of the runtime does: what lies
// behind pointers is left alone, as the group's other workers may still be
// changing it.
func plainly(value any) string {
	switch value.(type) {
	case error, fmt.Stringer:
		return fmt.Sprint(value)
	}
	switch k := reflect.ValueOf(value).Kind(); {
	case k >= reflect.Bool && k <= reflect.Complex128, k == reflect.String:
		return fmt.Sprint(value)
	case k == reflect.Pointer, k == reflect.Map, k == reflect.Slice, k == reflect.Chan, k == reflect.Func, k == reflect.UnsafePointer:
		return fmt.Sprintf("(%T) %p", value, value)
	}
	return fmt.Sprintf("(%T)", value)
}

func (p *PanicError) report(value string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "skein: %s panicked: %s", p.Name, value)
	if len(p.Others) > 0 {
		fmt.Fprintf(&b, " (and %d more panicked)", len(p.Others))
	}
	if p.Err != nil {
		fmt.Fprintf(&b, "\n\tbesides, the group failed: %v", p.Err)
	}
	fmt.Fprintf(&b, "\n\n%s", bytes.TrimRight(p.Stack, "\n"))
	for _, other := range p.Others {
		fmt.Fprintf(&b, "\n\n%s", other.Error())
	}
	return b.String()
}

// Unwrap returns the value if it is an error.
func (p *PanicError) Unwrap() error {
	err, _ := p.Value.(error)
	return err
}
