package skein_test

import (
	"bufio"
	"context"
	"fmt"
	"strings"
	"sync/atomic"

	"example.com/skein"
)

// linesOf is what a bufio.Scanner finds, as a sequence.
func linesOf(text string) func(yield func(string) bool) {
	return func(yield func(string) bool) {
		for in := bufio.NewScanner(strings.NewReader(text)); in.Scan() && yield(in.Text()); {
		}
	}
}

func ExampleEachSeq() {
	var done atomic.Int64
	err := skein.EachSeq(ctx, linesOf("cat.jpg\ndog.jpg\nhen.jpg\n"), func(ctx context.Context, picture string) error {
		done.Add(1)
		return thumbnail(ctx, picture)
	})
	fmt.Println(done.Load(), "thumbnails:", err)
	// Output: 3 thumbnails: <nil>
}

// The first error ends a sequence that would go on for ever.
func ExampleEachSeq_error() {
	again := func(yield func(string) bool) {
		for i := 0; yield(pictures[i%len(pictures)]); i++ {
		}
	}
	err := skein.EachSeq(ctx, again, thumbnail, skein.Limit(1))
	fmt.Println(err)
	// Output: item 2: eel.txt: not a picture
}
