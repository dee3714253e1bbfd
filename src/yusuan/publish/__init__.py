"""What is published: sheets laid out once, then written as workbook, page and other documents."""
