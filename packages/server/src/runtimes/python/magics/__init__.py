"""The magics: what ``%name`` and ``%%name`` do. Each file here holds those of one concern."""
