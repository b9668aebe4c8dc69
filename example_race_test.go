package skein_test

import (
	"context"
	"errors"
	"fmt"

	"example.com/skein"
)

// mirror gives a function that fetches a picture from a mirror.
func mirror(name string) func(context.Context) (string, error) {
	return func(ctx context.Context) (string, error) {
		switch name {
		case "silent":
			return "", untilCancelled(ctx)
		case "down":
			return "", errors.New("down: connection refused")
		}
		return "cat.jpg from " + name, nil
	}
}

func ExampleRace() {
	fmt.Println(skein.Race(ctx, mirror("silent"), mirror("down"), mirror("Utrecht")))
	// Output: cat.jpg from Utrecht <nil>
}

// Where none succeeds all tell why, in the order of the arguments.
func ExampleRace_allFailed() {
	full := func(context.Context) (string, error) { return "", errors.New("full: try again") }
	_, err := skein.Race(ctx, mirror("down"), full)
	fmt.Println(err)
	// Output:
	// down: connection refused
	// full: try again
}
