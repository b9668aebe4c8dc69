package skein

import "strconv"

// ItemError is the error of one item, as [Map], [Each] and their like return
// it. Index counts the items from 0.
type ItemError struct {
	Index int
	Err   error
}

// Error says which item it is.
func (e *ItemError) Error() string { return item(e.Index) + ": " + e.Err.Error() }

// Unwrap returns the error of the function that was given the item, or
// [ErrGoexit].
func (e *ItemError) Unwrap() error { return e.Err }

// item is the name of an item, in errors and panics.
func item(index int) string { return "item " + strconv.Itoa(index) }
