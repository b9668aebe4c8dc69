//go:build goexperiment.goroutineleakprofile

package skein_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"runtime/pprof"
	"testing"

	"example.com/skein"
)

// kept holds a future for as long as the process lives.
var kept *skein.Future[string]

func waitForNobody(begun chan<- bool, nobody <-chan string) (string, error) {
	begun <- true
	return <-nobody, nil
}

// A future that is kept must not keep what its task waits for: the profile
// would take the task for one that can still be woken.
func TestFutureHidesNoLeak(t *testing.T) {
	status, output := inProcess(t, func() {
		begun, nobody := make(chan bool), make(chan string)
		kept = skein.Spawn(skein.New(context.Background()), func(context.Context) (string, error) {
			return waitForNobody(begun, nobody)
		})
		kept.Done()
		<-begun
		var leaks bytes.Buffer
		if err := pprof.Lookup("goroutineleak").WriteTo(&leaks, 1); err != nil {
			fmt.Println(err)
			os.Exit(5)
		}
		if !bytes.Contains(leaks.Bytes(), []byte("skein_test.waitForNobody")) {
			fmt.Println("the profile has no leak:", leaks.String())
			os.Exit(7)
		}
	})
	if status != 0 {
		t.Errorf("status %d\n%s", status, output)
	}
}
