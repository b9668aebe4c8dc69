package skein_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io/fs"
	"testing/fstest"

	"example.com/skein"
)

// Before, with github.com/sourcegraph/conc:
//
//	p := pool.NewWithResults[string]().
//		WithContext(ctx).
//		WithCancelOnError().
//		WithFirstError().
//		WithMaxGoroutines(4)
//	for _, name := range names {
//		p.Go(func(ctx context.Context) (string, error) { return digest(ctx, files, name) })
//	}
//	digests, err := p.Wait()
//
// After, digests. What bites:
//
//   - Go does not block while four run: tasks are queued. Backlog(0) blocks.
//   - Cancelling at the first error, and returning that one, is the default.
//     conc runs all and joins their errors unless told otherwise: KeepGoing.
//   - Each value has its future, and so its order is yours; conc's slice has the
//     order in which the tasks ended, and leaves out those that failed.
//   - A panic comes out of Run as conc's comes out of Wait, as a *PanicError in
//     place of a *panics.Recovered; it is an error, so errors.Is and errors.As
//     find what was panicked with. It cancels the others, always.
//   - A runtime.Goexit is ErrGoexit; in a conc pool it is success without a
//     result.
//   - Limit(0) means no limit; WithMaxGoroutines(0) panics.
func digests(ctx context.Context, files fs.FS, names []string) (all []string, err error) {
	err = skein.Run(ctx, func(g *skein.Group) error {
		var futures []*skein.Future[string]
		for _, name := range names {
			futures = append(futures, skein.Spawn(g, func(ctx context.Context) (string, error) {
				return digest(ctx, files, name)
			}))
		}
		for _, f := range futures {
			d, err := f.Wait(g.Context())
			if err != nil {
				return err // Run prefers the first failure, if this is another's echo
			}
			all = append(all, d)
		}
		return nil
	}, skein.Limit(4))
	return all, err
}

func digest(ctx context.Context, files fs.FS, name string) (string, error) {
	text, err := fs.ReadFile(files, name)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256(text)
	return fmt.Sprintf("%s %x", name, sum[:4]), ctx.Err()
}

// Coming from conc: a future for each result.
func Example_migrateConc() {
	ctx := context.Background()
	files := fstest.MapFS{"cat": {Data: []byte("meow")}, "dog": {Data: []byte("bow-wow")}}
	fmt.Println(digests(ctx, files, []string{"cat", "dog"}))
	_, err := digests(ctx, files, []string{"cat", "eel", "dog"})
	fmt.Println(errors.Is(err, fs.ErrNotExist), err)
	// Output:
	// [cat 404cdd7b dog b3f08764] <nil>
	// true open eel: file does not exist
}
