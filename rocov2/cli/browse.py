"""`browse RELEASE`: search a release and leaf through it in a browser, served on this machine only."""

from pathlib import Path

import click

from rocov2.net.loopback import ADDRESS, open_server
from rocov2.release.browse.library import Library


@click.command()
@click.argument("release", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option(
    "--port", type=click.IntRange(0, 65_535), default=0, show_default="any that is free", help="Port on 127.0.0.1."
)
def browse(release: Path, port: int) -> None:
    """Search the captions, CUIs and PMCIDs of a release in a browser, whatever its size.

    Pages are served to this machine only, from memory and from the images of the release; nothing is written. Stop
    it with Ctrl-C.
    """
    library = Library(release)
    with open_server(library.answer, port) as server:
        print(f"http://{ADDRESS}:{server.server_address[1]}/", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            return
