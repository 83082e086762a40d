// Prints what Compose makes of a file, as `docker compose config --format json` does and by the library that it does it with, where
// there is no Docker.
package main

import (
	"context"
	"flag"
	"fmt"
	"os"

	"github.com/compose-spec/compose-go/v2/cli"
)

func main() {
	var profiles []string
	flag.Func("profile", "a profile to turn on; * turns on all", func(profile string) error {
		profiles = append(profiles, profile)
		return nil
	})
	flag.Parse()
	config, err := configOf(flag.Args(), profiles)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println(string(config))
}

func configOf(files []string, profiles []string) ([]byte, error) {
	options, err := cli.NewProjectOptions(files, cli.WithOsEnv, cli.WithDotEnv, cli.WithProfiles(profiles))
	if err != nil {
		return nil, err
	}
	project, err := options.LoadProject(context.Background())
	if err != nil {
		return nil, err
	}
	project, err = project.WithServicesEnvironmentResolved(true)
	if err != nil {
		return nil, err
	}
	if err := project.CheckContainerNameUnicity(); err != nil {
		return nil, err
	}
	return project.MarshalJSON()
}
