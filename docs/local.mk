# Documents and the reference.
EXTRA_DIST += CONTRIBUTING.md ChangeLog README.md SECURITY.md \
    %D%/Doxyfile.in \
    %D%/abi.md \
    %D%/design.md \
    %D%/encryption.md \
    %D%/performance.md \
    %D%/reliability.md \
    %D%/scaling.md \
    %D%/security.md \
    %D%/simulator.md \
    %D%/tutorial-application.md \
    %D%/tutorial-transport.md \
    %D%/tutorial-file.md \
    %D%/tutorial-send-bot.md \
    %D%/tutorial-session-type.md

# make docs: the API reference, as HTML in docs/api/html, from the public headers. There is a folder
# of that name, so the work is done by another target, which is none.
docs: docs-html
docs-html:
	@command -v doxygen >/dev/null || { \
	    echo 'doxygen is missing (Debian: apt-get install doxygen)' >&2; exit 1; }
	@$(MKDIR_P) %D%
	@sed -e 's|@srcdir[@]|$(abs_srcdir)|g' -e 's|@builddir[@]|$(abs_builddir)|g' \
	    -e 's|@PACKAGE_VERSION[@]|$(PACKAGE_VERSION)|g' $(srcdir)/%D%/Doxyfile.in >%D%/Doxyfile
	doxygen %D%/Doxyfile
	@echo "The reference is %D%/api/html/index.html"

CLEANFILES += %D%/Doxyfile
clean-local:
	rm -rf %D%/api
