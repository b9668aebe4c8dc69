package skein_test

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"example.com/skein"
)

var errBusy = errors.New("the gallery is busy")

// upload sends a picture to a gallery that is busy at first.
func upload(ctx context.Context, picture string) error {
	if n := skein.Attempt(ctx); n < 3 {
		fmt.Println("attempt", n, "to upload", picture)
		return errBusy
	}
	return nil
}

// shortly waits for a millisecond at most, as Examples must not take long.
var shortly = skein.Backoff{Attempts: 3, Cap: time.Millisecond}

func ExampleRetry() {
	g := skein.New(ctx)
	g.Go(skein.Retry(shortly, func(ctx context.Context) error { return upload(ctx, "cat.jpg") }))
	fmt.Println(g.Wait())
	// Output:
	// attempt 1 to upload cat.jpg
	// attempt 2 to upload cat.jpg
	// <nil>
}

// All attempts together have a minute, and each of them ten seconds.
func ExampleRetry_timeLimits() {
	all, cancel := context.WithTimeout(ctx, time.Minute)
	defer cancel()
	err := skein.Retry(shortly, func(ctx context.Context) error {
		each, cancel := context.WithTimeout(ctx, 10*time.Second)
		defer cancel()
		return thumbnail(each, "cat.jpg")
	})(all)
	fmt.Println(err)
	// Output: <nil>
}

func ExampleRetryError() {
	err := skein.Retry(shortly, func(context.Context) error { return errBusy })(ctx)
	fmt.Println(err)
	var failed *skein.RetryError
	if errors.As(err, &failed) {
		fmt.Println(failed.Attempts, "attempts,", errors.Is(err, errBusy))
	}
	// Output:
	// skein: gave up after 3 attempts: the gallery is busy
	// 3 attempts, true
}

// A Backoff for a service that many programs call: few attempts, and waits that
// grow to a minute.
func ExampleBackoff() {
	patient := skein.Backoff{Attempts: 4, First: time.Second, Cap: time.Minute, Factor: 5}
	find := func(context.Context) error { return skein.Permanent(fs.ErrNotExist) }
	fmt.Println(skein.Retry(patient, find)(ctx))
	// Output: file does not exist
}

func ExamplePermanent() {
	err := skein.Retry(shortly, func(ctx context.Context) error {
		fmt.Println("attempt", skein.Attempt(ctx))
		if err := thumbnail(ctx, "eel.txt"); err != nil {
			return skein.Permanent(err) // it will never be a picture
		}
		return upload(ctx, "eel.txt")
	})(ctx)
	fmt.Println(err)
	// Output:
	// attempt 1
	// eel.txt: not a picture
}

func ExampleAttempt() {
	err := skein.Retry(shortly, func(ctx context.Context) error {
		fmt.Println("attempt", skein.Attempt(ctx))
		return errBusy
	})(ctx)
	fmt.Println(err != nil)
	// Output:
	// attempt 1
	// attempt 2
	// attempt 3
	// true
}
