package journal

import "example.com/skein/cmd/internal/text"

// Text and Words are what a journal has of names and arguments.
type (
	Text  = text.Text
	Words = text.Words
)
