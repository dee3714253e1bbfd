"""What tables mean where no form set declares them: by title, head path and row label through the lexicon."""
