package input

import (
	"iter"

	"example.com/skein/cmd/internal/task"
)

// countAtOnce is how many specs one call of a total looks at: about a
// millisecond's work.
const countAtOnce = 10_000

// Total counts specs that nobody else ranges over, a few at each call, so that
// whoever shows progress can ask again and again and is never held up. It
// gives 0 until it has seen the end, or if there was an error. After stop it
// must not be called again.
func Total(specs iter.Seq2[task.Spec, error]) (total func() int, stop func()) {
	next, stop := iter.Pull2(specs)
	n, done := 0, false
	return func() int {
		for i := 0; i < countAtOnce && !done; i++ {
			_, err, more := next()
			switch {
			case err != nil:
				n, done = 0, true
			case !more:
				done = true
			default:
				n++
			}
		}
		if !done {
			return 0
		}
		return n
	}, stop
}
