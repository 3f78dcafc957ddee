"""Becomes an ordinary user if it is root, then is a worker. All is imported before: that user may read nothing."""

import importlib
import os
import sys
import sysconfig

import dkim  # noqa: F401
import pyseccomp  # noqa: F401

from gateway.sandbox import child

sys.path.insert(0, sys.argv[1])
for name in ("probes.probe", "handlers.mail_message"):
    importlib.import_module(name)
sysconfig.get_paths()
if os.getuid() == 0:
    os.setgroups([])
    os.setresgid(65534, 65534, 65534)
    os.setresuid(65534, 65534, 65534)
child.main()
