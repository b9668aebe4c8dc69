package skein_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"example.com/skein"
)

// lines yields the lines of a file, and the error that ends it, if one does.
func lines(file io.Reader) iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		scanner := bufio.NewScanner(file)
		for scanner.Scan() {
			if !yield(scanner.Text(), nil) {
				return
			}
		}
		if err := scanner.Err(); err != nil {
			yield("", err)
		}
	}
}

// Two stages over the lines of a file: each works on several lines at the same
// time, and they come out in the order of the file.
func ExamplePipe() {
	file := strings.NewReader("cat.jpg\ndog.jpg\nhen.jpg\n")
	captions := skein.Pipe(ctx, lines(file), caption)
	titles := skein.Pipe(ctx, captions, func(_ context.Context, caption string) (string, error) {
		return strings.ToUpper(caption[:1]) + caption[1:] + ".", nil
	})
	for title, err := range titles {
		fmt.Println(title, err)
	}
	// Output:
	// A cat. <nil>
	// A dog. <nil>
	// A hen. <nil>
}

// With KeepGoing errors travel through the stages, each in its line's place.
func ExamplePipe_keepGoing() {
	file := strings.NewReader("cat.jpg\neel.txt\nhen.jpg\n")
	captions := skein.Pipe(ctx, lines(file), caption, skein.KeepGoing())
	titles := skein.Pipe(ctx, captions, func(_ context.Context, caption string) (string, error) {
		if caption == "a hen" {
			return "", errors.New("too many hens")
		}
		return strings.ToUpper(caption), nil
	}, skein.KeepGoing())
	for title, err := range titles {
		fmt.Printf("%q %v\n", title, err)
	}
	// Output:
	// "A CAT" <nil>
	// "" item 1: eel.txt: not a picture
	// "" item 2: too many hens
}
