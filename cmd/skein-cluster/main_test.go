package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/remote"
	"example.com/skein/cmd/internal/script"
)

// TestMain puts main itself, and small programs for it to run, in the PATH of
// the scripts.
func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"skein-cluster": main,
		"submit":        submit,
		"get":           get,
		"toil":          toil,
		"pour":          pour,
		"nats":          nats,
	})
}

// TestScripts runs every script: servers and workers are really started.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                "testdata/script",
		RequireUniqueNames: true,
		Setup:              script.SetUp,
		Cmds:               script.Commands,
		Condition:          script.Condition,
	})
}

// submit submits the same command N times with the owner's key in a file, in a
// run of its own, waits, and prints how each ended:
//
//	submit KEYFILE RUN N PROGRAM [ARG...]
//
// What it leaves behind may live on if the variable BACKGROUND is set.
func submit() {
	ctx, cancel := context.WithTimeout(context.Background(), script.Patience)
	defer cancel()
	if err := submitAll(ctx, os.Args[1], os.Args[2], os.Args[3], os.Args[4:]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// openWith opens the cluster with the key that is in a file.
func openWith(ctx context.Context, file string) (*cluster.Client, error) {
	key, err := cluster.ReadKey(file)
	if err != nil {
		return nil, err
	}
	return cluster.Open(ctx, "", cluster.WithKey(key))
}

func submitAll(ctx context.Context, file, name, count string, argv []string) error {
	c, err := openWith(ctx, file)
	if err != nil {
		return err
	}
	defer c.Close()
	run, err := c.Run(ctx, name)
	if err != nil {
		return err
	}
	var n int
	if _, err := fmt.Sscan(count, &n); err != nil {
		return err
	}
	for range n {
		if _, err := remote.Command.Submit(ctx, run, remote.Args{Argv: argv, Background: os.Getenv("BACKGROUND") != ""}); err != nil {
			return err
		}
	}
	fmt.Println("submitted", n)
	var bad *cluster.RunError
	if err := run.Wait(ctx); err != nil && !errors.As(err, &bad) {
		return err
	}
	for o, err := range run.Outcomes(ctx) {
		if err != nil {
			return err
		}
		var r remote.Result
		if o.Outcome == cluster.Succeeded {
			b, err := o.Result(ctx)
			if err == nil {
				err = json.Unmarshal(b, &r)
			}
			if err != nil {
				return err
			}
			fmt.Printf("ran: %s, status %d, %q\n", r.Outcome, r.ExitStatus, r.Stdout)
		} else {
			fmt.Printf("%s: %v\n", o.Outcome, o.Cause)
		}
	}
	return nil
}

// get prints what is at a URL, and its status.
func get() {
	answer, err := http.Get(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	defer answer.Body.Close()
	fmt.Println(answer.StatusCode)
	io.Copy(os.Stdout, answer.Body)
}
