"""What of docs/ is made from the code: python tests/support/docs_run.py, which is `make docs`."""

import house_picture
import reference_pages

if __name__ == "__main__":
    house_picture.PICTURE.write_text(house_picture.picture(), encoding="utf-8")
    reference_pages.write()
