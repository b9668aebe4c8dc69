package skein_test

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"sync/atomic"
	"time"

	"example.com/skein"
)

// Before, with package sync:
//
//	var wg sync.WaitGroup
//	for _, text := range texts {
//		wg.Add(1)
//		go func() {
//			defer wg.Done()
//			n, err := strconv.Atoi(text)
//			if err != nil {
//				return // who is to know?
//			}
//			sum.Add(int64(n))
//		}()
//	}
//	wg.Wait()
//
// The first step changes a word: skein.WaitGroup does all that sync's does. Go
// in place of Add, go and defer Done means that a panic never lets Wait return
// on its way to the crash; WaitContext is a Wait that can give up.
func addCounted(ctx context.Context, texts []string) (int64, error) {
	var sum atomic.Int64
	var wg skein.WaitGroup
	for _, text := range texts {
		wg.Go(func() {
			n, err := strconv.Atoi(text)
			if err != nil {
				return // who is to know?
			}
			sum.Add(int64(n))
		})
	}
	err := wg.WaitContext(ctx)
	return sum.Load(), err
}

// The second step is a group, which has errors, a context and a limit. What
// bites:
//
//   - A group ends with its Wait, or with Run. A WaitGroup may be used again,
//     a group may not: Go panics.
//   - The first error stops the rest: what is still queued never starts. Where
//     each task is to have its turn, say KeepGoing.
//   - A task may never be called: Go reports false once the group is cancelled,
//     and drops what is queued then. A task must not have to clean up what was
//     made before it.
//   - A panic stops the others and comes out of Run; with CrashOnPanic it
//     crashes the program at once, as in a goroutine.
//   - A goroutine may run several short tasks one after the other. A task that
//     ends with its thread still locked needs Dedicated.
func addGrouped(ctx context.Context, texts []string) (int64, error) {
	var sum atomic.Int64
	err := skein.Run(ctx, func(g *skein.Group) error {
		for _, text := range texts {
			g.Go(func(context.Context) error {
				n, err := strconv.Atoi(text)
				sum.Add(int64(n))
				return err
			})
		}
		return nil
	})
	return sum.Load(), err
}

// Coming from sync.WaitGroup: first the same with a Wait that can give up, then
// a group, which tells what went wrong.
func Example_migrateWaitGroup() {
	ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
	defer cancel()
	fmt.Println(addCounted(ctx, []string{"1", "2", "four"}))
	fmt.Println(addGrouped(ctx, []string{"1", "2", "4"}))
	_, err := addGrouped(ctx, []string{"1", "2", "four"})
	fmt.Println(errors.Is(err, strconv.ErrSyntax), err)
	// Output:
	// 3 <nil>
	// 7 <nil>
	// true strconv.Atoi: parsing "four": invalid syntax
}
