"""Object stores over fsspec: paths, backends, content hashes, manifests, handles, staged writes."""
