package skein_test

import (
	"context"
	"errors"
	"fmt"
	"sync/atomic"
	"time"

	"example.com/skein"
)

func ExampleWaitGroup_Go() {
	var made atomic.Int64
	var wg skein.WaitGroup
	for range 3 {
		wg.Go(func() { made.Add(1) })
	}
	wg.Wait()
	fmt.Println(made.Load(), "thumbnails")
	// Output: 3 thumbnails
}

func ExampleWaitGroup_Done() {
	made := make(chan string, 1)
	var wg skein.WaitGroup
	wg.Add(1)
	go func() {
		defer wg.Done()
		made <- "cat.jpg"
	}()
	wg.Wait()
	fmt.Println(<-made)
	// Output: cat.jpg
}

func ExampleWaitGroup_Wait() {
	var wg skein.WaitGroup
	for _, size := range []string{"small", "large"} { // it may be used again
		wg.Go(func() {})
		wg.Wait()
		fmt.Println(size, "done")
	}
	// Output:
	// small done
	// large done
}

func ExampleWaitGroup_Len() {
	var wg skein.WaitGroup
	wg.Add(3)
	wg.Done()
	fmt.Println(wg.Len(), "to go")
	// Output: 2 to go
}

func ExampleWaitGroup_WaitContext() {
	var wg skein.WaitGroup
	printed := make(chan bool)
	wg.Go(func() { <-printed })

	soon, cancel := context.WithTimeout(ctx, time.Millisecond)
	defer cancel()
	if err := wg.WaitContext(soon); errors.Is(err, context.DeadlineExceeded) {
		fmt.Println("gave up, the worker goes on")
	}
	close(printed)
	wg.Wait()
	fmt.Println("printed")
	// Output:
	// gave up, the worker goes on
	// printed
}
