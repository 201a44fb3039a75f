"""Topics in an editor: a language server over the folder that holds the opened file."""
