package java

// Velocity finds a method without parameters for a call with any number of
// arguments, and the call then fails. These are the methods without parameters
// that each kind of value has.

type methodSet map[Method]bool

func methods(ids ...Method) methodSet {
	set := make(methodSet, len(ids))
	for _, id := range ids {
		set[id] = true
	}
	return set
}

var (
	anyObject   = methods(mGetClass, mHashCode, mToString, mNotifyAll)
	ofString    = methods(mChars, mCodePoints, mDescribeConstable, mGetBytes, mIntern, mIsBlank, mIsEmpty, mLength, mLines, mStrip, mStripIndent, mStripLeading, mStripTrailing, mToCharArray, mToLowerCase, mToUpperCase, mTranslateEscapes, mTrim)
	ofNumber    = methods(mByteValue, mDescribeConstable, mDoubleValue, mFloatValue, mIntValue, mLongValue, mShortValue)
	ofFloating  = methods(mIsInfinite, mIsNaN)
	ofBool      = methods(mBooleanValue, mDescribeConstable)
	ofChar      = methods(mCharValue, mDescribeConstable)
	ofBig       = methods(mAbs, mBitCount, mBitLength, mByteValue, mByteValueExact, mDoubleValue, mFloatValue, mGetLowestSetBit, mIntValue, mIntValueExact, mLongValue, mLongValueExact, mNegate, mNextProbablePrime, mNot, mShortValue, mShortValueExact, mSignum, mSqrt, mSqrtAndRemainder, mToByteArray)
	ofDecimal   = methods(mAbs, mByteValue, mByteValueExact, mDoubleValue, mFloatValue, mIntValue, mIntValueExact, mLongValue, mLongValueExact, mNegate, mPlus, mPrecision, mScale, mShortValue, mShortValueExact, mSignum, mStripTrailingZeros, mToBigInteger, mToBigIntegerExact, mToEngineeringString, mToPlainString, mUlp, mUnscaledValue)
	ofList      = methods(mClear, mIsEmpty, mIterator, mListIterator, mParallelStream, mSize, mSpliterator, mStream, mToArray)
	ofArrayList = methods(mClone, mTrimToSize)
	ofJSONArray = methods(mToJSONString)
	ofMap       = methods(mClear, mEntrySet, mIsEmpty, mKeySet, mSize, mValues)
	ofHashMap   = methods(mClone)
	ofView      = methods(mClear, mIsEmpty, mIterator, mParallelStream, mSize, mSpliterator, mStream, mToArray)
	ofEntry     = methods(mComparingByKey, mComparingByValue, mGetKey, mGetValue)
	ofWalker    = methods(mHasNext, mNext, mRemove)
)

// BareOfMap is bare of any map.
func BareOfMap(m Method) bool { return ofMap[m] }

// bare reports whether the value has the method without parameters.
func bare(on Value, m Method) bool {
	if anyObject[m] {
		return true
	}
	if r, ok := on.Obj.(Receiver); ok {
		return r.Bare(m)
	}
	for _, set := range setsOf(on) {
		if set[m] {
			return true
		}
	}
	return false
}

func setsOf(on Value) []methodSet {
	switch on.Kind {
	case String:
		return []methodSet{ofString}
	case Bool:
		return []methodSet{ofBool}
	case Byte, Short, Int, Long:
		return []methodSet{ofNumber}
	case Float, Double:
		return []methodSet{ofNumber, ofFloating}
	case Big:
		return []methodSet{ofBig}
	case Decimal:
		return []methodSet{ofDecimal}
	case Char:
		return []methodSet{ofChar}
	}
	switch on.Obj.(type) {
	case *List:
		return []methodSet{ofList, ofArrayList}
	case *nodeList:
		return []methodSet{ofList, ofArrayList, ofJSONArray}
	case Sequence:
		return []methodSet{ofList}
	case Mapping:
		return []methodSet{ofMap, ofHashMap}
	case *view:
		return []methodSet{ofView}
	case *entry:
		return []methodSet{ofEntry}
	case *Walker:
		return []methodSet{ofWalker}
	}
	return nil
}
