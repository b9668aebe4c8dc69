package cluster

import "fmt"

// UsualBytes is how much the tasks that wait may take of the disk, unless
// [MaxBytes] says it or there is too little room. Outcomes may take twice as much.
const UsualBytes = 1 << 30

const (
	leastBytes = 16 << 20

	kept   = 3 // of what is a server's for the tasks that wait, these are for all that is kept
	ofDisk = 4 // and so many for the disk: it must not be full before they are
)

// NoRoomError is that a server has too little room for tasks and their outcomes.
type NoRoomError struct {
	Free int64 // bytes on its disk; negative: not known, it was the server that refused
	Need int64 // at least so many
}

// Error says how much is there, and how much is needed.
func (e *NoRoomError) Error() string {
	if e.Free < 0 {
		return fmt.Sprintf("the server has too little room for tasks and their outcomes: %s are needed", mebibytes(e.Need))
	}
	return fmt.Sprintf("too little room for tasks and their outcomes: %s are free, %s are needed", mebibytes(e.Free), mebibytes(e.Need))
}

func mebibytes(n int64) string {
	const mebi = 1 << 20
	if n%mebi == 0 || n > 100*mebi {
		return fmt.Sprintf("%d MiB", n/mebi)
	}
	return fmt.Sprintf("%.1f MiB", float64(n)/mebi)
}

// firstBytes is MaxBytes of streams that are made, or why there can be none.
func (o *openConfig) firstBytes() (int64, error) {
	switch {
	case o.maxBytes > 0 && o.free >= 0 && o.maxBytes > o.free/kept:
		return 0, &NoRoomError{o.free, kept * o.maxBytes}
	case o.maxBytes > 0:
		return o.maxBytes, nil
	case o.free < 0:
		return UsualBytes, nil
	case o.free < ofDisk*leastBytes:
		return 0, &NoRoomError{o.free, ofDisk * leastBytes}
	}
	return min(UsualBytes, o.free/ofDisk), nil
}
