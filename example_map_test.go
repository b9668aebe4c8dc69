package skein_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"sync"

	"example.com/skein"
)

// caption stands for work on a picture that has a result.
func caption(ctx context.Context, picture string) (string, error) {
	if err := thumbnail(ctx, picture); err != nil {
		return "", err
	}
	return "a " + strings.TrimSuffix(picture, ".jpg"), nil
}

func ExampleMap() {
	captions, err := skein.Map(ctx, []string{"cat.jpg", "dog.jpg", "hen.jpg"}, caption)
	fmt.Printf("%q %v\n", captions, err)
	// Output: ["a cat" "a dog" "a hen"] <nil>
}

// The first error stops all, and says which item it is of.
func ExampleMap_error() {
	_, err := skein.Map(ctx, pictures, caption)
	fmt.Println(err)
	// Output: item 2: eel.txt: not a picture
}

// What is good is kept, if the others are not needed.
func ExampleMap_keepGoing() {
	captions, err := skein.Map(ctx, []string{"cat.jpg", "eel.txt", "dog.jpg"}, caption, skein.KeepGoing())
	fmt.Printf("%q\n%v\n", captions, err)
	// Output:
	// ["a cat" "" "a dog"]
	// item 1: eel.txt: not a picture
}

// Items that wait for something, as requests do, need a limit that says how
// many may wait at the same time.
func ExampleMap_requests() {
	var waiting sync.WaitGroup
	waiting.Add(100)
	status, err := skein.Map(ctx, make([]string, 100), func(ctx context.Context, url string) (int, error) {
		waiting.Done()
		waiting.Wait() // till all hundred are under way
		return 200, nil
	}, skein.Limit(100))
	fmt.Println(len(status), err)
	// Output: 100 <nil>
}

func ExampleItemError() {
	_, err := skein.Map(ctx, pictures, caption)
	var failed *skein.ItemError
	if errors.As(err, &failed) {
		fmt.Println(pictures[failed.Index], "failed because of", failed.Err)
	}
	// Output: eel.txt failed because of eel.txt: not a picture
}
