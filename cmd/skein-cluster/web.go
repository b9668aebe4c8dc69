package main

import (
	"fmt"

	"example.com/skein/cluster"
	"example.com/skein/cmd/internal/clusterweb"
	"example.com/skein/cmd/internal/inert"
	"example.com/skein/cmd/internal/member"
	"example.com/skein/cmd/internal/usage"
)

// web is skein web.
func web(args []string) int {
	var f member.Web
	set := f.Set()
	done, err := parse(set, member.WebHelp, args)
	address := "127.0.0.1:0"
	switch {
	case done:
		return 0
	case err != nil:
	case set.NArg() > 1:
		err = usage.Errorf("one ADDR, or none for a free port", "%s: one ADDR too many", inert.Text(set.Arg(1)))
	case set.NArg() == 1 && looksLikeKey(set.Arg(0)):
		err = errInArguments
	case set.NArg() == 1:
		address = set.Arg(0)
	}
	if err != nil {
		return fail("web", err, exitUsage)
	}
	ctx, _, release := signals()
	defer release()
	c, err := openOn(ctx, f.On)
	if err != nil {
		return fail("web", err, exitUsage)
	}
	defer c.Close()
	page, err := openPage(address, "skein web", c)
	if err != nil {
		return fail("web", err, exitUsage)
	}
	<-ctx.Done()
	if err := page.Close(); err != nil {
		return fail("web", err, exitFailed)
	}
	return 0
}

// openPage serves the page of a cluster, and says where.
func openPage(address, told string, c *cluster.Client) (*clusterweb.Page, error) {
	page, err := clusterweb.Serve(address, told, c)
	if err != nil {
		return nil, err
	}
	if _, err := fmt.Printf("the page, for whoever knows this address: %s\nthe same, to look at it only: %s\n", page.URL, page.LookURL); err != nil {
		page.Close()
		return nil, err
	}
	return page, nil
}
