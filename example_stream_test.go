package skein_test

import (
	"context"
	"fmt"
	"slices"
	"time"

	"example.com/skein"
)

func ExampleStream() {
	album := slices.Values([]string{"cat.jpg", "dog.jpg", "hen.jpg"})
	for caption, err := range skein.Stream(ctx, album, caption) {
		fmt.Println(caption, err)
	}
	// Output:
	// a cat <nil>
	// a dog <nil>
	// a hen <nil>
}

// Leaving the loop ends everything, the source too.
func ExampleStream_break() {
	camera := func(yield func(string) bool) {
		for i := 0; yield(fmt.Sprintf("%d.jpg", i)); i++ {
		}
	}
	for caption := range skein.Stream(ctx, camera, caption) {
		if fmt.Println(caption); caption == "a 2" {
			break
		}
	}
	// Output:
	// a 0
	// a 1
	// a 2
}

// The first error is the last thing that the loop is given.
func ExampleStream_error() {
	album := slices.Values([]string{"cat.jpg", "eel.txt", "dog.jpg"})
	for caption, err := range skein.Stream(ctx, album, caption) {
		fmt.Printf("%q %v\n", caption, err)
	}
	// Output:
	// "a cat" <nil>
	// "" item 1: eel.txt: not a picture
}

func ExampleStream_keepGoing() {
	album := slices.Values([]string{"cat.jpg", "eel.txt", "dog.jpg"})
	for caption, err := range skein.Stream(ctx, album, caption, skein.KeepGoing()) {
		fmt.Printf("%q %v\n", caption, err)
	}
	// Output:
	// "a cat" <nil>
	// "" item 1: eel.txt: not a picture
	// "a dog" <nil>
}

func ExampleUnordered() {
	delays := slices.Values([]time.Duration{time.Hour, 0})
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	wait := func(ctx context.Context, d time.Duration) (time.Duration, error) {
		select {
		case <-ctx.Done():
		case <-time.After(d):
		}
		return d, nil
	}
	for d := range skein.Stream(ctx, delays, wait, skein.Unordered(), skein.Limit(2)) {
		fmt.Println(d)
		break
	}
	// Output: 0s
}
